. \
 ./commEnv.sh
export A B=1 \
 C
unset A \

