cat <<E <<-'F' > x
. ./commEnv.sh
E
	$(x)
	F
. ./commEnv.sh
