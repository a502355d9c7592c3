/* why443-lab: the lab alone, without the tool. */
#include "lab_main.h"

int main(int argc, char **argv)
{
	return why_lab(argc, argv);
}
