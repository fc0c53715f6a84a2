ca^l^l com^
mEnv.cmd^
^^
set A=^"b^&c
echo ^