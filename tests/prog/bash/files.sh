# Programs that handle files: copies, moves, links, modes, times, listings, sizes, splitting.
umask 022
echo "== make"
mkdir -p a/b/c d; mkdir -m 750 e; mkdir a 2>&1; mkdir -v v1 v2; rmdir -v v1; rmdir a 2>&1; rmdir -p a/b/c 2>&1; mkdir -p a/b/c
touch -d '2020-01-02 03:04:05' t1; touch -r t1 t2; touch -t 202106070809.10 t3; touch -a -d @0 t3; touch -c nothere; stat -c '%n %s %a %F %Y' t1 t2 t3; stat -c %X t3
mkfifo -m 600 f1; stat -c '%F %a' f1; mknod f2 p; test -p f2 && echo fifo; rm f1 f2; d=$(mktemp -d XXXX); rmdir $d; echo ${#d}; mktemp -u --suffix=.x tmp.XXX | wc -c; truncate -s 10K tr; truncate -s -1K tr; truncate -s %4096 tr; stat -c %s tr
echo "== copy"
seq 100 >n; cp n n2; cp -p t1 t4; stat -c %Y t4; cp -r a d; find d | sort; cp -v n n2 d; cp -n t1 n2; wc -l <n2; cp -u n t1; cp -l n hard; cp -s n soft; cp n a nowhere 2>&1; cp a x 2>&1; cp n n 2>&1
cp -a d archive; ls archive; cp --parents a/b/../b/c/. d 2>&1; cp -b n n2; cp --backup=numbered n n2; ls n2*; cp -t d t2 t3; cp --sparse=always tr tr2; cmp tr tr2 && echo same; install -m 640 -D n i/j/k; stat -c %a i/j/k; install -d i/z
echo "== move"
mv n2 n3; mv -v n3 d; mv d/n3 .; mv -n n n3; mv -b t2 t1; mv nothere x 2>&1; mv a d/n 2>&1; mv a moved; mv moved a; mv -t d t4; ls d
echo "== links"
ln n h1; ln -s n s1; ln -s /nowhere broken; ln -sf n3 s1; ln n n 2>&1; ln -sr a/b rel; readlink s1 broken rel; readlink -f s1 a/../rel | sed "s:$PWD:P:"; readlink -e broken; echo $?; realpath a/../n . | sed "s:$PWD:P:"; realpath --relative-to=a/b n; stat -c %h n; ls -F | tr '\n' ' '; echo
unlink h1; link n h2; stat -c '%h %N' n s1; cp s1 deref; cp -P s1 noderef; test -L noderef && echo link; ln -s loop loop; cat loop 2>&1; ln -sT a b1; ln -sT a b1 2>&1
echo "== modes"
chmod 600 n; chmod u+x,g=r,o-rwx n; stat -c %A n; chmod -R go-rwx a; chmod a=rX,u+w -R a; stat -c %A a a/b; chmod --reference=n n3; stat -c %a n3; chmod +t,g+s d; stat -c %A d; chmod -v 644 n; chmod 8 n 2>&1; chmod -c 644 n; chown $(id -u):$(id -g) n && echo owned; chgrp $(id -g) n; umask 077; touch priv; stat -c %a priv; umask 022; test -w n && test -O n && test -G n && echo mine
echo "== list"
touch -d '2001-02-03 04:05' n* t* ; ls; ls -1 a; ls -a d | head -3; ls -l --time-style=long-iso n t1 | awk '{print $1,$5,$6,$7,$8}'; ls -la --time-style=+%s t1 | awk '{print $6}'; ls -R a; ls -S n t1 tr; ls -t --full-time t1 | awk '{print $6}'; ls -d */; ls -i n | awk '{print NF}'; ls -m n t1; ls -Q n; ls -x n t1 n3; ls -p | head -3; ls nope 2>&1; ls -s n; ls --color=always -d a n; ls -lh tr | awk '{print $5}'; ls -r n*; ls -X; ls -C -w 40; ls -b; dir a; vdir -d a | awk '{print $1}'; ls -I 'n*' | head -2; ls -B | wc -l; ls -v n*
echo "== sizes"
du -b n; du -ab a | sort -k2; du -s --apparent-size -b d | cut -f2; du -c -b n tr | tail -1; df . | wc -l; df --output=target / ; wc n tr; wc -L n; wc -c <n; stat -f -c %T . >/dev/null; stat -t n | awk '{print NF}'; stat -c '%a %A %b %B %F %s' tr | awk '{print $1,$2,$4,$5}'; sum n; sum -s n; cksum n; b2sum n; md5sum n | tee sums; md5sum -c sums; sha1sum n; sha224sum n; sha256sum n t1 >s2; sha256sum --status -c s2; echo $?; sha384sum n; sha512sum -b n; echo bad >t1; sha256sum -c s2 2>&1; md5sum --tag n; cksum -a sha256 n
echo "== split"
split -l 30 n; wc -l xa?; rm xa?; split -b 100 -d n p.; cat p.* | cmp - n && ls p.*; split -n 3 n c.; wc -c c.*; split -C 50 --additional-suffix=.t n q.; ls q.* | wc -l; split -l 50 --filter='wc -l' n; csplit n 20 '/^50/' '{*}'; csplit -s -f y -b %02d.z n '/5$/' '{3}'; ls y*; split -n l/2/4 n | head -2; split -n r/1/3 n | tail -1
echo "== remove"
shred -u -n 2 priv; ls priv 2>&1; shred -n 1 -z -v c.aa 2>&1 | sed 's/[0-9]*KiB//'; od -An -tx1 c.aa | sort -u; rm n3 nope 2>&1; rm -f nope; rm -v n; rm d 2>&1; rm -r d a; rm -ri </dev/null archive 2>/dev/null; rm -d e; rm -rf / --no-such 2>&1 | head -1; echo y | rm -i t1 2>/dev/null; ls t1 2>&1; sync; sync s1 2>&1
basename /a/b.c .c; basename -a x/y z/w; basename -s .h a.h; dirname /a/b/c x /; pathchk -p 'a b' 2>&1; pathchk ok; pwd | sed "s:$PWD:P:"; pwd -P >/dev/null; printf 'x y\n' | xargs -n1 touch; ls x y; find . -newer tr -type f | sort | head -20; tsort <<<'a b b c'; du --files0-from=- -b < <(printf 'x\0y\0')
