@ECHO OFF

@rem Starts the Administration Server, and for startManagedWebLogic any other server.

SETLOCAL

@rem Functions: they are called from further down.

GOTO :ENDFUNCTIONS

:stopAll
if NOT "X%ALREADY_STOPPED%"=="X" (
	GOTO :EOF
)
set ALREADY_STOPPED=true
if "%DERBY_FLAG%"=="true" (
	call "%WL_HOME%\common\derby\bin\stopDerby.cmd" >"%DOMAIN_HOME%\derbyShutdown.log" 2>&1
)
GOTO :EOF

:generateClassList
set JAVA_OPTIONS=%JAVA_OPTIONS% -Xverbose:class
GOTO :EOF

:ENDFUNCTIONS

set DOMAIN_HOME=@DOMAIN_HOME@
for %%i in ("%DOMAIN_HOME%") do set DOMAIN_HOME=%%~fsi

call "%DOMAIN_HOME%\bin\setDomainEnv.cmd" %*

set SAVE_JAVA_OPTIONS=%JAVA_OPTIONS%
set SAVE_CLASSPATH=%CLASSPATH%
set JAVA_OPTIONS=%SAVE_JAVA_OPTIONS%
set SAVE_JAVA_OPTIONS=
set CLASSPATH=%SAVE_CLASSPATH%
set SAVE_CLASSPATH=

if "%GENERATE_CLASS_LIST%"=="true" (
	call :generateClassList
)

echo Java memory: %MEM_ARGS%

if "%WLS_REDIRECT_LOG%"=="" (
	echo Starting %SERVER_NAME%
	%JAVA_HOME%\bin\java %JAVA_VM% %MEM_ARGS% -Dweblogic.Name=%SERVER_NAME% %JAVA_OPTIONS% weblogic.Server
) else (
	echo Starting %SERVER_NAME%, told in %WLS_REDIRECT_LOG%
	%JAVA_HOME%\bin\java %JAVA_VM% %MEM_ARGS% -Dweblogic.Name=%SERVER_NAME% %JAVA_OPTIONS% weblogic.Server >"%WLS_REDIRECT_LOG%" 2>&1
)

call :stopAll

ENDLOCAL
