@ECHO OFF
if "%1"=="-dgc" goto dgc
"%JAVA_HOME%\bin\java" -DBEAPatchProfile=Orders -Dpackwright.pointed=yes %JVM_ARGS% -jar "%USER_INSTALL_DIR%\bin\wlevs.jar" %ARGS%
goto finish
:dgc
"%JAVA_HOME%\bin\java" -DBEAPatchProfile=Orders -Dpackwright.pointed=yes -Xmx1g -jar "%USER_INSTALL_DIR%\bin\wlevs.jar" %ARGS%
:finish
