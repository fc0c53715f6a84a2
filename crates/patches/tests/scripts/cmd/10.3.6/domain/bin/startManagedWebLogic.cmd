@ECHO OFF

@rem Starts a Managed Server: startManagedWebLogic SERVER_NAME [ADMIN_URL]

SETLOCAL

set SERVER_NAME=
set ADMIN_URL=

set DOMAIN_HOME=@DOMAIN_HOME@
for %%i in ("%DOMAIN_HOME%") do set DOMAIN_HOME=%%~fsi

if "%1"=="" (
	if "%SERVER_NAME%"=="" (
		echo Say which server: startManagedWebLogic SERVER_NAME [ADMIN_URL]
		exit /b 1
	)
) else (
	set SERVER_NAME=%1
	shift
)

if "%1"=="" (
	if "%ADMIN_URL%"=="" (
		set ADMIN_URL=t3://admin.example.org:7001
	)
) else (
	set ADMIN_URL=%1
	shift
)

set JAVA_OPTIONS=-Dweblogic.management.server=%ADMIN_URL% %JAVA_OPTIONS%

if "%1"=="" (
	call "%DOMAIN_HOME%\bin\startWebLogic.cmd" nodebug noderby
) else (
	call "%DOMAIN_HOME%\bin\startWebLogic.cmd" nodebug noderby %1 %2 %3
)

ENDLOCAL
