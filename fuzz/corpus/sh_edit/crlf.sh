#!/bin/sh
# Sets what every server of the domain needs.
# PATCH_CLASSPATH=/u01/x is only named here.
WL_HOME="/opt/mw/wlserver_10.3"
export WL_HOME
if [ "${1}" = "debug" ] ; then
	DEBUG=true
fi
. ${WL_HOME}/common/bin/commEnv.sh
CLASSPATH="${PATCH_CLASSPATH}${CLASSPATHSEP}${CLASSPATH}"
export CLASSPATH
