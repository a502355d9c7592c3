/* A street of deliberately broken servers on loopback, as a command: what `why443 lab` and why443-lab
 * run. doc/lab.md says what a scene is. */
#ifndef WHY_LAB_MAIN_H
#define WHY_LAB_MAIN_H

/* Serves until SIGINT, SIGTERM, SIGHUP (or the end of standard input, with --stdin), then ends the
 * process; returns only from --list. Mistakes end it with status 2 and a message. */
int why_lab(int argc, char **argv);

#endif
