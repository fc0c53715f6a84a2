A="$(echo "b ${C:-"`d 'e`"}")' f"
. "./commEnv.sh
