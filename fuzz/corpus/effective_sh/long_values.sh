A=0123456789abcdef
A="$A$A"
A="$A$A"
A="$A$A"
A="$A$A"
A="$A$A"
A="$A$A"
A="$A$A"
A="$A$A"
A="$A$A"
A="$A$A"
A="$A$A"
A="$A$A"
A="$A$A"
A="$A$A"
A="$A$A"
while true
do
B=$A
done
B=$A$A$A
for i in $A $A; do C=$A; done
