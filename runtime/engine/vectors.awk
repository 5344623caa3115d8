# vectors.awk - from the FOP and VOP rows of recompiler/ops.def: the interpreter's cases, with operands read and results written
# by their type letters. A vector operation <name> is the intrinsic wasm_<name>.
BEGIN {
	read["i"] = "R4"; read["l"] = "R8"; read["f"] = "RF"; read["d"] = "RD"; read["x"] = "RX"
	write["i"] = "W8"; write["l"] = "W8"; write["f"] = "WF"; write["d"] = "WD"; write["x"] = "WX"
}
/^[FV]OP\(/ {
	line = $0
	gsub(/^[FV]OP\(|\).*$|[" '\047]/, "", line)
	split(line, row, ",")
	if ($0 ~ /^FOP/) {
		print "case C_" row[1] "_f: " (row[2] == "i" ? "W8" : "WF") "(ip->dst, " row[1] "_f(RF(ip->a), RF(ip->b))); return;"
		print "case C_" row[1] "_d: " (row[2] == "i" ? "W8" : "WD") "(ip->dst, " row[1] "_d(RD(ip->a), RD(ip->b))); return;"
		next
	}
	call = read[substr(row[3], 1, 1)] "(ip->a)"
	if (length(row[3]) > 1)
		call = call ", " read[substr(row[3], 2, 1)] "(ip->b)"
	cast = row[2] == "i" ? "(u32)" : ""
	print "case C_" row[1] ": " write[row[2]] "(ip->dst, " cast "wasm_" row[1] "(" call ")); return;"
}
