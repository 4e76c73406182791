module withc

go 1.26
