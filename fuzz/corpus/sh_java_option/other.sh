#!/bin/sh
JAVA_HOME=/opt/jdk
if [ "$1" = -dgc ]; then
  "$JAVA_HOME/bin/java" -DBEAPatchProfile="Billing" $JVM_ARGS -jar "${USER_INSTALL_DIR}/bin/wlevs.jar" $ARGS
else
  "$JAVA_HOME/bin/java" $JVM_ARGS -jar \
   "${USER_INSTALL_DIR}/bin/wlevs.jar" $ARGS
fi
