rem >>> packwright: patch profile Orders of wls1036 >>>
call commEnv.cmd
