# helpers.awk - from the rows of include/helpers_*.def: the prototypes, and the call of each helper by number for the
# interpreter, whose operands stand in slots a, b, c, d of the compact instruction (compact.h). -v exports=1: linker flags instead.
BEGIN {
	type["v"] = "void"; type["i"] = "u32"; type["l"] = "u64"; type["f"] = "float"; type["d"] = "double"
	read["i"] = "R4"; read["l"] = "R8"; read["f"] = "RF"; read["d"] = "RD"
	write["i"] = "W8"; write["l"] = "W8"; write["f"] = "WF"; write["d"] = "WD"
}
/^HELPER\(/ {
	line = $0
	gsub(/^HELPER\(|\).*$|[" ]/, "", line)
	split(line, row, ",")
	name[++n] = row[1]
	proto = ""; call = ""; slot = 0
	for (k = 1; k <= length(row[3]); k++) {
		t = substr(row[3], k, 1)
		proto = proto (k > 1 ? ", " : "") (t == "c" ? "struct cpu *cpu" : type[t])
		call = call (k > 1 ? ", " : "") (t == "c" ? "cpu" : read[t] "(ip->" substr("abcd", ++slot, 1) ")")
	}
	prototype[n] = type[row[2]] " " row[1] "(" (proto == "" ? "void" : proto) ");"
	invoke[n] = row[2] == "v" ? row[1] "(" call ");" : write[row[2]] "(ip->dst, " row[1] "(" call "));"
}
END {
	for (k = 1; k <= n; k++)
		if (exports)
			print "--export=" name[k]
		else
			print prototype[k]
	if (exports)
		exit
	print "\nstatic void\nhelper_call(struct cpu *cpu, const struct cins *ip)\n{\n\tu8 *base = (u8 *)cpu;\n\n\tswitch (ip->hi) {"
	for (k = 1; k <= n; k++)
		print "\tcase HELPER_" name[k] ": " invoke[k] " break;"
	print "\t}\n}"
}
