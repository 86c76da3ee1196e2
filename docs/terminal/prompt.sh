# The shell of the recording: a plain prompt with the command in bold, the width of the picture, no history.
PS1='\[\e[1m\]$ '
PS0='\e[22m'
unset HISTFILE
stty columns "$WIDTH"
