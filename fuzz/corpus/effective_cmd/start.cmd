start "x" /b cmd /c startWebLogic.cmd & exit
