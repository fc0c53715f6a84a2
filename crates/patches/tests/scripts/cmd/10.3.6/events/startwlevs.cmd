@echo off

rem Starts an Event Server: startwlevs [-dgc]

setlocal

set USER_INSTALL_DIR=@MW_HOME@\ocep_11.1
set JAVA_HOME=@JAVA_HOME@

call "%USER_INSTALL_DIR%\bin\setenv.cmd"

set DGC=OFF
set ARGS=
:NEXT
if "%1"=="" goto START
if "%1"=="-dgc" (
	set DGC=ON
) else (
	set ARGS=%ARGS% %1
)
shift
goto NEXT

:START
if "%DGC%"=="ON" goto DGC

"%JAVA_HOME%\bin\java" %JVM_ARGS% -Dwlevs.home="%USER_INSTALL_DIR%" ^
	-jar "%USER_INSTALL_DIR%\bin\wlevs.jar" %ARGS%
goto DONE

:DGC
"%JAVA_HOME%\bin\java" -Xgc:deterministic %JVM_ARGS% -Dwlevs.home="%USER_INSTALL_DIR%" -jar "%USER_INSTALL_DIR%\bin\wlevs.jar" %ARGS%

:DONE
endlocal
