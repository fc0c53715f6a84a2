char a[] = "}\"; x = '\'';
typedef struct { int a["b"]; } DSD1;
