// A program with nothing of ours in it: a symbol check that accepted it would also accept a stripped media worker.
int main() { return 0; }
