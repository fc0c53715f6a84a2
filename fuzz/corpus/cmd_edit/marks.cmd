@rem >>> packwright: patch profile Orders of wls1036 >>>
@rem taken out again by: packwright patch unpoint (seal 0123456789abcdef)
@set "PATCH_CLASSPATH=C:\x"
@rem <<< packwright <<<
call commEnv.cmd
