java –DBEAPatchProfile=Orders -jar a.jar
