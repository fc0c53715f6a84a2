@rem Class and library paths of the patches of every product, unless whoever calls this has some already.

if "%PATCH_CLASSPATH%"=="" (
	set PATCH_CLASSPATH=%MW_HOME%\patch_wls1213\profiles\default\sys_manifest_classpath\weblogic_patch.jar
)
if "%WEBLOGIC_EXTENSION_DIRS%"=="" (
	set WEBLOGIC_EXTENSION_DIRS=%MW_HOME%\patch_wls1213\profiles\default\sysext_manifest_classpath
)
if "%PATCH_PATH%"=="" (
	set PATCH_PATH=%MW_HOME%\patch_wls1213\profiles\default\native
)
