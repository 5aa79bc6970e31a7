fn main(){desktop::run()}
