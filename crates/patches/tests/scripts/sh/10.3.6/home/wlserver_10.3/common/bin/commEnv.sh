#!/bin/sh

# What every script of this installation needs: where things are, and the class and library paths made of it.

BEA_HOME="@MW_HOME@"
MW_HOME="@MW_HOME@"
export BEA_HOME MW_HOME

WL_HOME="@MW_HOME@/wlserver_10.3"
export WL_HOME

MODULES_DIR="${MW_HOME}/modules"

if [ "${JAVA_HOME}" = "" ] ; then
	JAVA_HOME="@JAVA_HOME@"
	export JAVA_HOME
fi

CLASSPATHSEP=:
PATHSEP=:
case `uname -s` in
CYGWIN*)
	CLASSPATHSEP=\;
	;;
esac

resetFd() {
	if [ ! -n "`uname -s | grep -i cygwin`" ] ; then
		ulimit -n `ulimit -H -n` 2> /dev/null
	fi
}

# Patches: whoever defined the variables before keeps them.

if [ -f "${WL_HOME}/common/bin/setPatchEnv.sh" ] ; then
	. "${WL_HOME}/common/bin/setPatchEnv.sh"
fi

case `uname -s` in
AIX)
	LIBPATH="${PATCH_LIBPATH}${PATHSEP}${LIBPATH}${PATHSEP}${WL_HOME}/server/native/aix/ppc64"
	export LIBPATH
	;;
HP-UX)
	SHLIB_PATH="${PATCH_LIBPATH}${PATHSEP}${SHLIB_PATH}${PATHSEP}${WL_HOME}/server/native/hpux64/IPF64"
	export SHLIB_PATH
	;;
CYGWIN*)
	PATH="${PATCH_PATH}${PATHSEP}${WL_HOME}/server/native/win/32${PATHSEP}${PATH}"
	export PATH
	;;
*)
	LD_LIBRARY_PATH="${PATCH_LIBPATH}${PATHSEP}${LD_LIBRARY_PATH}${PATHSEP}${WL_HOME}/server/native/linux/x86_64"
	export LD_LIBRARY_PATH
	;;
esac

WEBLOGIC_CLASSPATH="${PATCH_CLASSPATH}${CLASSPATHSEP}${JAVA_HOME}/lib/tools.jar${CLASSPATHSEP}${WL_HOME}/server/lib/weblogic_sp.jar${CLASSPATHSEP}${WL_HOME}/server/lib/weblogic.jar"
export WEBLOGIC_CLASSPATH

FMWCONFIG_CLASSPATH="${PATCH_CLASSPATH}${CLASSPATHSEP}${JAVA_HOME}/lib/tools.jar"
export FMWCONFIG_CLASSPATH
