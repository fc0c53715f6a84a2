#!/bin/sh

# The class paths of the server, made of what commBaseEnv found.

WEBLOGIC_CLASSPATH="${PATCH_CLASSPATH}${CLASSPATHSEP}${JAVA_HOME}/lib/tools.jar${CLASSPATHSEP}${WL_HOME}/server/lib/weblogic_sp.jar${CLASSPATHSEP}${WL_HOME}/server/lib/weblogic.jar"
export WEBLOGIC_CLASSPATH

FMWCONFIG_CLASSPATH="${PATCH_CLASSPATH}${CLASSPATHSEP}${JAVA_HOME}/lib/tools.jar"
export FMWCONFIG_CLASSPATH
