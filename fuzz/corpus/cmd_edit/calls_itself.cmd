call "%~dp0setDomainEnv.cmd"
call %0
goto :x
:x
goto x
