#!/bin/sh

# The default patches of every product in this home. A variable that holds something stays as it is.

if [ "${PATCH_CLASSPATH}" = "" ] ; then
	PATCH_CLASSPATH="${MW_HOME}/patch_wls1213/profiles/default/sys_manifest_classpath/weblogic_patch.jar${CLASSPATHSEP}${MW_HOME}/patch_ocp1213/profiles/default/sys_manifest_classpath/weblogic_patch.jar"
	export PATCH_CLASSPATH
fi

if [ "${WEBLOGIC_EXTENSION_DIRS}" = "" ] ; then
	WEBLOGIC_EXTENSION_DIRS="${MW_HOME}/patch_wls1213/profiles/default/sysext_manifest_classpath${CLASSPATHSEP}${MW_HOME}/patch_ocp1213/profiles/default/sysext_manifest_classpath"
	export WEBLOGIC_EXTENSION_DIRS
fi

if [ "${PATCH_LIBPATH}" = "" ] ; then
	PATCH_LIBPATH="${MW_HOME}/patch_wls1213/profiles/default/native${PATHSEP}${MW_HOME}/patch_ocp1213/profiles/default/native"
	export PATCH_LIBPATH
fi

if [ "${PATCH_PATH}" = "" ] ; then
	PATCH_PATH="${MW_HOME}/patch_wls1213/profiles/default/native${PATHSEP}${MW_HOME}/patch_ocp1213/profiles/default/native"
	export PATCH_PATH
fi
