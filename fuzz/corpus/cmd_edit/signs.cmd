call;commEnv.cmd,x=y
@@call(commEnv.cmd
if not defined A if /i errorlevel 1 call commEnv.cmd
<x call commEnv.cmd>y
