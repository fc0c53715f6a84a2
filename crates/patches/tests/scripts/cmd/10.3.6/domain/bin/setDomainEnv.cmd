@rem Environment of the domain orders. The configuration wizard wrote this file and writes it anew
@rem whenever the domain is extended: what is changed here by hand is lost then.
@rem
@rem   WL_HOME        where the server is installed
@rem   JAVA_HOME      the Java that runs it
@rem   PRE_CLASSPATH  put in front of the server's class path
@rem   POST_CLASSPATH put behind it

set WL_HOME=@MW_HOME@\wlserver_10.3
for %%i in ("%WL_HOME%") do set WL_HOME=%%~fsi

set BEA_JAVA_HOME=

set SUN_JAVA_HOME=@JAVA_HOME@

if "%JAVA_VENDOR%"=="Oracle" (
	set JAVA_HOME=%BEA_JAVA_HOME%
) else (
	set JAVA_HOME=%SUN_JAVA_HOME%
	set JAVA_VENDOR=Sun
)

@rem What the words behind the command mean.

for %%p in (%*) do call :SETPARAM %%p
GOTO :PARAMSDONE

:SETPARAM
if /i "%1"=="nodebug" (
	set debugFlag=false
	GOTO :EOF
)
if /i "%1"=="production" (
	set PRODUCTION_MODE=true
	GOTO :EOF
)
GOTO :EOF

:PARAMSDONE

set MEM_ARGS=-Xms256m -Xmx512m

set DOMAIN_HOME=@DOMAIN_HOME@
for %%i in ("%DOMAIN_HOME%") do set DOMAIN_HOME=%%~fsi
set LONG_DOMAIN_HOME=@DOMAIN_HOME@

if "%SERVER_NAME%"=="" (
	set SERVER_NAME=AdminServer
)

@rem Paths of patches may be given here, before the installation's own are taken:
@rem
@rem   set PATCH_CLASSPATH=[myPatchClasspath] (windows)
@rem   PATCH_CLASSPATH=[myPatchClasspath] (unix)
@rem   set PATCH_LIBPATH=[myPatchLibpath] (windows)
@rem   PATCH_LIBPATH=[myPatchLibpath] (unix)
@rem   set PATCH_PATH=[myPatchPath] (windows)
@rem   PATCH_PATH=[myPatchPath] (unix)

call "%WL_HOME%\common\bin\commEnv.cmd"

set JAVA_PROPERTIES=-Dplatform.home=%WL_HOME% -Dwls.home=%WL_HOME%\server

if NOT "%WEBLOGIC_EXTENSION_DIRS%"=="" (
	set EXTENSIONS=-Dweblogic.ext.dirs=%WEBLOGIC_EXTENSION_DIRS%
) else (
	set EXTENSIONS=
)
set JAVA_OPTIONS=%JAVA_OPTIONS% %JAVA_PROPERTIES% %EXTENSIONS%

if NOT "%PRE_CLASSPATH%"=="" (
	set CLASSPATH=%PRE_CLASSPATH%;%WEBLOGIC_CLASSPATH%
) else (
	set CLASSPATH=%WEBLOGIC_CLASSPATH%
)
if NOT "%POST_CLASSPATH%"=="" set CLASSPATH=%CLASSPATH%;%POST_CLASSPATH%
