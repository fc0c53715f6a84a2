typedef struct
{
	int a;
} DSD5500010;
