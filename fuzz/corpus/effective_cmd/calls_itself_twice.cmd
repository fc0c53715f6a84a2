call "%~dp0setDomainEnv.cmd"
call "%~dp0setDomainEnv.cmd"
call "%~dp0startWebLogic.cmd"
