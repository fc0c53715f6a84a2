commEnv.cmd
echo never
