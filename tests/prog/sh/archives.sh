# tar, gzip, bzip2 -d, md5sum, sha256sum, dd, cmp.
mkdir t; i=0; while [ $i -lt 20 ]; do seq $i 300 >t/f$i; i=$((i + 1)); done
ln -s f1 t/link; chmod 700 t/f2; mkdir t/empty
tar cf a.tar t; tar tf a.tar | sort | md5sum
mkdir x; tar xf a.tar -C x; diff -r t x/t && echo same
gzip -c a.tar >a.tar.gz; gzip -dc a.tar.gz | cmp - a.tar && echo gzip ok
tar czf b.tgz t; tar tzf b.tgz | wc -l
sha256sum t/f* | sha256sum; md5sum t/f3; sha1sum t/f4; cksum t/f5; sha512sum t/f6
dd if=/dev/zero of=z bs=1k count=300 2>/dev/null; dd if=t/f7 bs=7 skip=3 count=10 2>/dev/null | od -x | head -3
ls -l z | awk '{ print $5 }'; du -k z >/dev/null; stat -c '%s %a' t/f2
dd if=a.tar of=part bs=512 count=4 conv=notrunc 2>/dev/null; cmp part a.tar 2>&1 | head -1
rm part a.tar a.tar.gz b.tgz x/t/link; rm -r x
gzip -9 <t/f0 | wc -c; seq 100000 | gzip | gzip -d | md5sum
