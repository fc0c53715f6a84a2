#!/bin/ksh
LIBPATH=/opt/lib
WEBLOGIC_CLASSPATH=/opt/mw/a.jar:/opt/mw/b.jar
CLASSPATH=$WEBLOGIC_CLASSPATH:$CLASSPATH; export CLASSPATH
while true
do
  $JAVA_HOME/bin/java $JAVA_OPTIONS -cp "$CLASSPATH" \
    -Dweblogic.Name=one weblogic.Server
  [ $? -eq 88 ] || exit 0
done
