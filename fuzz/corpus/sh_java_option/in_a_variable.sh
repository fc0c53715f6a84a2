A=" -DBEAPatchProfile=Orders -Dpackwright.pointed=yes"
java $A -jar x.jar
