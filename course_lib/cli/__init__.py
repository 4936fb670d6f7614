"""The command line: `main` reads the arguments, the other files do what they ask for; grading has a folder of its own."""
