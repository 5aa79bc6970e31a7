fn main() {
    desktop::run()
}
