@echo off
set "PATH=C:\lib;%PATH%"
set WEBLOGIC_CLASSPATH=C:\mw\a.jar
set CLASSPATH=%WEBLOGIC_CLASSPATH%;%CLASSPATH%
"%JAVA_HOME%\bin\java" %JAVA_OPTIONS% -cp "%CLASSPATH%" ^
  weblogic.Server > log.txt 2>&1 || exit /b 1
