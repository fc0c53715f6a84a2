@ECHO OFF

@rem Starts the domain's Administration Server. The script that does it is in bin.

SETLOCAL

set DOMAIN_HOME=@DOMAIN_HOME@

call "%DOMAIN_HOME%\bin\startWebLogic.cmd" %*

ENDLOCAL
