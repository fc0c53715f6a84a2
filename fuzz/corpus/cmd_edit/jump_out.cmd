for %%i in (1 2) do (
if %%i==2 goto out
)
:out
call commEnv.cmd
