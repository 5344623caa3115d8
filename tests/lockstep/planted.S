/* A program that prints a line, counts and uses lahf once, at `planted`; the line says nothing of what lahf gave. */
	.globl _start, planted
	.text
_start:
	mov $1, %eax
	mov $1, %edi
	lea text(%rip), %rsi
	mov $3, %edx
	syscall
	mov $200, %ecx
1:	add %rcx, %rbx
	rol $3, %rbx
	dec %ecx
	jnz 1b
	xor %r12d, %r12d
	cmp %rcx, %rbx
planted:
	lahf
	mov %rax, %r12
	mov $60, %eax
	xor %edi, %edi
	syscall
	.section .rodata
text:	.ascii "ok\n"
	.section .note.GNU-stack,"",@progbits
