"""What `codeact doctor` looks at. Each module gives findings; none of them changes anything or starts a program."""
