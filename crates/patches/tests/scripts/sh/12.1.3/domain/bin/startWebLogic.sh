#!/bin/sh

# Starts one server of the domain orders in this window. The configuration wizard wrote this file.

stopAll() {
	# A server that was ended from the keyboard takes what was started beside it along.
	if [ "${SIDE_PROCESS}" != "" ] ; then
		. "${DOMAIN_HOME}/bin/stopSideProcess.sh"
	fi
}

trap 'stopAll' 1 2 3 15

DOMAIN_HOME="@DOMAIN_HOME@"

. ${DOMAIN_HOME}/bin/setDomainEnv.sh $*

SAVE_JAVA_OPTIONS="${JAVA_OPTIONS}"

SAVE_CLASSPATH="${CLASSPATH}"

JAVA_OPTIONS="${SAVE_JAVA_OPTIONS}"
SAVE_JAVA_OPTIONS=""

CLASSPATH="${SAVE_CLASSPATH}"
SAVE_CLASSPATH=""

if [ "${PRODUCTION_MODE}" = "true" ] ; then
	WLS_DISPLAY_MODE="Production"
else
	WLS_DISPLAY_MODE="Development"
fi

if [ "${WLS_USER}" != "" ] ; then
	JAVA_OPTIONS="${JAVA_OPTIONS} -Dweblogic.management.username=${WLS_USER}"
fi

echo "."
echo "class path: ${CLASSPATH}"
echo "."

if [ "${WLS_REDIRECT_LOG}" = "" ] ; then
	echo "the server's lines come here"
	${JAVA_HOME}/bin/java ${JAVA_VM} ${MEM_ARGS} -Dweblogic.Name=${SERVER_NAME} ${JAVA_OPTIONS} ${PROXY_SETTINGS} weblogic.Server
else
	echo "the server's lines go to ${WLS_REDIRECT_LOG}"
	${JAVA_HOME}/bin/java ${JAVA_VM} ${MEM_ARGS} -Dweblogic.Name=${SERVER_NAME} ${JAVA_OPTIONS} ${PROXY_SETTINGS} weblogic.Server  >"${WLS_REDIRECT_LOG}" 2>&1 
fi

stopAll
