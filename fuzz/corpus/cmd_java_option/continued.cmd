java ^
 -Da=b ^
 -jar a.jar
@if 1==1 (java -jar a.jar) else java -jar b.jar & java -jar c.jar
