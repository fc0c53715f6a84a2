#!/bin/sh

# Environment of the domain orders. The configuration wizard wrote this file and writes it anew
# whenever the domain is extended: what is changed here by hand is lost then.
#
# WL_HOME        - where the server is installed
# JAVA_HOME      - the Java that runs it
# PRE_CLASSPATH  - put in front of the server's class path
# POST_CLASSPATH - put behind it

WL_HOME="@MW_HOME@/wlserver"
export WL_HOME

JAVA_USE_64BIT="true"
export JAVA_USE_64BIT

BEA_JAVA_HOME=""
export BEA_JAVA_HOME

SUN_JAVA_HOME="@JAVA_HOME@"
export SUN_JAVA_HOME

if [ "${JAVA_VENDOR}" = "Oracle" ] ; then
	JAVA_HOME="${BEA_JAVA_HOME}"
	export JAVA_HOME
else
	JAVA_HOME="${SUN_JAVA_HOME}"
	export JAVA_HOME
	JAVA_VENDOR="Sun"
	export JAVA_VENDOR
fi

# What the words behind the command mean.

for word in $*
do
	case $word in
	nodebug)
		debugFlag="false"
		export debugFlag
		;;
	production)
		PRODUCTION_MODE="true"
		export PRODUCTION_MODE
		;;
	*)
		;;
	esac
done

MEM_ARGS="-Xms256m -Xmx512m"
export MEM_ARGS

DOMAIN_HOME="@DOMAIN_HOME@"
export DOMAIN_HOME

LONG_DOMAIN_HOME="${DOMAIN_HOME}"
export LONG_DOMAIN_HOME

if [ "${SERVER_NAME}" = "" ] ; then
	SERVER_NAME="AdminServer"
	export SERVER_NAME
fi

# Patches that are not meant for the whole installation: take the comment signs off and say where they lie.
#
# on windows:
# set PATCH_CLASSPATH=[classes of the patches];%PATCH_CLASSPATH%
# set PATCH_LIBPATH=[libraries of the patches];%PATCH_LIBPATH%
# set PATCH_PATH=[programs of the patches];%PATCH_PATH%
# on unix:
# PATCH_CLASSPATH=[classes of the patches]:$PATCH_CLASSPATH
# export PATCH_CLASSPATH
# PATCH_LIBPATH=[libraries of the patches]:$PATCH_LIBPATH
# export PATCH_LIBPATH
# PATCH_PATH=[programs of the patches]:$PATCH_PATH
# export PATCH_PATH

. ${WL_HOME}/../oracle_common/common/bin/commEnv.sh

# An administrator's own settings; what commEnv has taken in by now is not changed by them.

if [ -f "${DOMAIN_HOME}/bin/setUserOverrides.sh" ] ; then
	. "${DOMAIN_HOME}/bin/setUserOverrides.sh"
fi

WLS_HOME="${WL_HOME}/server"
export WLS_HOME

if [ "${PRE_CLASSPATH}" != "" ] ; then
	CLASSPATH="${PRE_CLASSPATH}${CLASSPATHSEP}${EXT_PRE_CLASSPATH:+${EXT_PRE_CLASSPATH}${CLASSPATHSEP}}${WEBLOGIC_CLASSPATH}"
else
	CLASSPATH="${WEBLOGIC_CLASSPATH}"
fi

if [ "${POST_CLASSPATH}" != "" ] ; then
	CLASSPATH="${CLASSPATH}${CLASSPATHSEP}${POST_CLASSPATH}"
fi
export CLASSPATH

JAVA_PROPERTIES="-Dwls.home=${WLS_HOME} -Dweblogic.home=${WLS_HOME}"
export JAVA_PROPERTIES

if [ "${WEBLOGIC_EXTENSION_DIRS}" != "" ] ; then
	JAVA_OPTIONS="${JAVA_OPTIONS} -Dweblogic.ext.dirs=${WEBLOGIC_EXTENSION_DIRS}"
	export JAVA_OPTIONS
fi

JAVA_OPTIONS="${JAVA_OPTIONS} ${JAVA_PROPERTIES}"
export JAVA_OPTIONS
