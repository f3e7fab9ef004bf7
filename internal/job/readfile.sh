# Prints a file of a job: readfile.sh ROOT ID NAME LIMIT. Exit code 3: there is no such file.
file=$1/$2/$3
if [ ! -f "$file" ] || [ -L "$file" ]; then exit 3; fi
exec head -c "$4" "$file"
