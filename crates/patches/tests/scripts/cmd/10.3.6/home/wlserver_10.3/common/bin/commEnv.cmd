@rem What every script of this installation needs: where things are, and the class and library paths made of it.

set BEA_HOME=@MW_HOME@
for %%i in ("%BEA_HOME%") do set BEA_HOME=%%~fsi
set MW_HOME=%BEA_HOME%

if "%WL_HOME%"=="" set WL_HOME=%MW_HOME%\wlserver_10.3
set MODULES_DIR=%MW_HOME%\modules

if NOT "%JAVA_HOME%"=="" goto javaFound
set JAVA_HOME=@JAVA_HOME@
:javaFound

@rem Patches: whoever defined the variables before keeps them.

if exist "%WL_HOME%\common\bin\setPatchEnv.cmd" call "%WL_HOME%\common\bin\setPatchEnv.cmd"

if "%LIGHT_WEIGHT_CLASSPATH%"=="" (
	set WEBLOGIC_CLASSPATH=%PATCH_CLASSPATH%;%JAVA_HOME%\lib\tools.jar;%WL_HOME%\server\lib\weblogic_sp.jar;%WL_HOME%\server\lib\weblogic.jar
	set FMWCONFIG_CLASSPATH=%PATCH_CLASSPATH%;%JAVA_HOME%\lib\tools.jar
) else (
	set WEBLOGIC_CLASSPATH=%PATCH_CLASSPATH%;%LIGHT_WEIGHT_CLASSPATH%
)

set WL_NATIVE=%WL_HOME%\server\native\win\x64
set PATH=%PATCH_PATH%;%WL_NATIVE%;%JAVA_HOME%\bin;%PATH%
