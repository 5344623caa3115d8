# Compression and digests; slow
export LC_ALL=C
seq 1 400000 | awk '{print $1, ($1*7919)%100003, "some text that repeats", substr("abcdefghijklmnop", $1%9+1, $1%7)}' | head -c 16777216 >big
wc -c <big; sha256sum <big
for p in "gzip -1" "gzip -9" "bzip2 -1" "xz -0" "zstd -q -3" "zstd -q -T2 -9"; do
	c=${p%% *}; $p -k -c big >big.z; $c -dc <big.z | cmp - big && echo "$p ok $(wc -c <big.z)"
done
head -c 300000 big >small
gzip -k small; gzip -l small.gz; gzip -t small.gz; gunzip -c small.gz | md5sum; zcat small.gz | wc -l; gzip -d <small.gz | head -1; zgrep -c text small.gz; printf x >>small.gz; gzip -t small.gz 2>&1; gzip nope 2>&1; gzip -S .x -k small; ls small*
bzip2 -k small; bzip2 -tv small.bz2 2>&1 | tail -1; bzcat small.bz2 | md5sum; xz -k -e small; xz -l --robot small.xz | tail -1; xzcat small.xz | md5sum; xz -t small.xz; xz --format=lzma -k -c small | xz -d | md5sum; xz --check=sha256 -c small | xz -dc | cmp - small
zstd -q -19 -k small; zstd -q -d -c small.zst | md5sum; zstd -q -t small.zst; zstd --ultra -22 -q -c small | zstd -dc | cmp - small; zstd -q --train small big -o dict --maxdict=1000 2>&1 | head -1; head -c 100 small.gz | gzip -dc 2>&1 | wc -c; head -c 100 small.xz | xz -dc 2>&1 >/dev/null; printf bad | bzip2 -d 2>&1 | head -1
for d in md5 sha1 sha256 sha384 sha512 sha3-256 blake2b512 sm3 ripemd160; do openssl dgst -$d small 2>&1 | tail -1; done
openssl dgst -sha256 -hmac key small; openssl dgst -sha256 big
for c in aes-128-cbc aes-256-ctr aes-256-ecb chacha20 camellia-128-cbc des-ede3-cbc aria-128-cbc; do
	openssl enc -$c -K 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff -iv 000102030405060708090a0b0c0d0e0f -in small -out enc 2>/dev/null
	sha256sum <enc; openssl enc -d -$c -K 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff -iv 000102030405060708090a0b0c0d0e0f -in enc 2>/dev/null | cmp - small && echo "$c"
done
openssl enc -aes-256-cbc -pbkdf2 -iter 100 -salt -S 0011223344556677 -pass pass:secret -in small | sha256sum; openssl enc -base64 <<<hello; openssl base64 -d <<<aGVsbG8K; openssl enc -d -aes-128-cbc -pbkdf2 -pass pass:x -in small 2>&1 | head -1; openssl rand -hex 8 | wc -c; openssl prime 1000003; openssl version | cut -c1-9; openssl passwd -6 -salt abc secret; openssl sha256 nope 2>&1 | head -1 | wc -l
tar cf t.tar small small.xz; tar tf t.tar; tar czf t.tgz small; tar xzOf t.tgz | md5sum; tar cJf t.txz small; tar --zstd -cf t.tzst small; ls -1 t.*; mkdir x; tar xf t.tar -C x; cmp x/small small && echo tar; tar tvf t.tar | awk '{print $1,$3,$6}'; rm big* enc dict t.* small.zst small.xz small.gz small.x; jq -c '.a[1:]|map(.*2)' <<<'{"a":[1,2,3]}' 2>/dev/null
