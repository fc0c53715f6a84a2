#!/bin/sh
usage() {
	echo "Need a name of a server"
	. /opt/x/commEnv.sh
	exit
}
if [ "$1" = "" ] ; then usage ; fi
SERVER_NAME="$1"
case $2 in
	production) P=true ;;
	*) P=false ;;
esac
if [ "${DEBUG}" = "true" ] ; then
	${DOMAIN_HOME}/bin/startWebLogic.sh nodebug noderby
else
	${DOMAIN_HOME}/bin/startWebLogic.sh
fi
