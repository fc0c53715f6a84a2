@ECHO OFF
GOTO :ENDFUNCTIONS
:usage
call commEnv.cmd
GOTO :EOF
:ENDFUNCTIONS
if "%1"=="" ( call :usage & exit /b 1 )
set SERVER_NAME=%1
if "%DEBUG%"=="true" (
	call "%DOMAIN_HOME%\bin\startWebLogic.cmd" nodebug
) else (
	call "%DOMAIN_HOME%\bin\startWebLogic.cmd"
)
ENDLOCAL
