@ECHO OFF
if "%1"=="-dgc" goto dgc
"%JAVA_HOME%\bin\java" %JVM_ARGS% -jar "%USER_INSTALL_DIR%\bin\wlevs.jar" %ARGS%
goto finish
:dgc
"%JAVA_HOME%\bin\java" -DBEAPatchProfile=Orders -jar "%USER_INSTALL_DIR%\bin\wlevs.jar" %ARGS%
:finish
