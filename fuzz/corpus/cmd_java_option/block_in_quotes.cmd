if "%A%)"=="(" (set "A=)" & call commEnv.cmd) else (rem )
)
