@ECHO OFF
@REM PATCH_CLASSPATH is only named here.
SETLOCAL
set WL_HOME=C:\mw\wlserver_10.3
for %%i in ("%WL_HOME%") do set WL_HOME=%%~fsi
if "%1"=="debug" (
	set DEBUG=true
) else (
	set DEBUG=false
)
call "%WL_HOME%\common\bin\commEnv.cmd"
set CLASSPATH=%PATCH_CLASSPATH%;%CLASSPATH%
