#!/bin/sh

# Starts a managed server of the domain orders. The configuration wizard wrote this file.
#
#   startManagedWebLogic.sh NAME [URL of the administration server]

doUsage()
{
	echo "say which server: $0 NAME [URL]"
}

# Defaults for somebody who gives no words.

SERVER_NAME=""
ADMIN_URL="t3://localhost:7001"

DOMAIN_HOME="@DOMAIN_HOME@"

if [ "${1}" = "" ] ; then
	if [ "${SERVER_NAME}" = "" ] ; then
		doUsage
		exit
	fi
else
	SERVER_NAME="${1}"
	shift
fi

if [ "${1}" = "" ] ; then
	if [ "${ADMIN_URL}" = "" ] ; then
		doUsage
		exit
	fi
else
	ADMIN_URL="${1}"
	shift
fi

export SERVER_NAME

JAVA_OPTIONS="-Dweblogic.management.server=${ADMIN_URL} ${JAVA_OPTIONS}"
export JAVA_OPTIONS

if [ "${DEBUG_MANAGED}" = "true" ] ; then
	${DOMAIN_HOME}/bin/startWebLogic.sh $*
else
	${DOMAIN_HOME}/bin/startWebLogic.sh nodebug $*
fi
